# grafherald in a venv of its own, its settings, checks that carry the panel of the node that they
# run on, and the handler that sends it along.
own = node['grafherald']
go = own['sensu'] == 'go'
folder = '/opt/grafherald'

package node['platform_family'] == 'debian' ? 'python3-venv' : own['python']

execute 'install grafherald' do
  command "#{own['python']} -m venv #{folder}" \
    " && #{folder}/bin/pip install --upgrade '#{own['package']}'" \
    " && echo '#{own['package']}' >#{folder}/installed"
  not_if "grep -qxF '#{own['package']}' #{folder}/installed"
end

link '/usr/bin/grafherald' do
  to "#{folder}/bin/grafherald"
end

own['checks'].each do |name, check|
  about = { 'graph_image' => GraphImage.url(node, check) }
  about['runbook'] = check['runbook'] if check['runbook']

  sensu_check name do
    command check['command']
    handlers ['grafherald']
    interval check['interval']
    if go
      subscriptions own['subscriptions'].to_a
      annotations about
    else
      subscribers own['subscriptions'].to_a
      additional about
    end
  end
end

sensu_handler 'grafherald' do
  type 'pipe'
  command 'grafherald sensu'
  timeout 30
  filters %w(is_incident not_silenced) if go
end

directory '/etc/grafherald' do
  owner 'root'
  group own['group']
  mode '0750'
end

file '/etc/grafherald/grafherald.json' do
  content JSON.pretty_generate(own['settings'].to_h)
  owner 'root'
  group own['group']
  mode '0640'
end
