# A recipe for Sensu Core with the sensu cookbook, where grafherald is installed: the check carries
# its panel, the handler its name.
graph = 'https://grafana.example.com/render/d-solo/node/host?orgId=1&panelId=2&width=1000&height=500'

sensu_check 'cpu' do
  command 'check-cpu.rb -w 75 -c 90'
  handlers ['grafherald']
  subscribers ['linux']
  interval 60
  additional(
    graph_image: "#{graph}&var-host=#{node['hostname']}",
    runbook: 'https://wiki.example.com/runbooks/cpu'
  )
end

sensu_handler 'grafherald' do
  type 'pipe'
  command 'grafherald sensu'
  timeout 30
end

directory '/etc/grafherald' do
  group 'sensu'
  mode '0750'
end

file '/etc/grafherald/grafherald.json' do
  content JSON.pretty_generate(
    grafana: { url: 'https://grafana.example.com', token_file: '/etc/grafherald/token' },
    images: { service: 'https://grafana.example.com/grafana-images' },
    channels: {
      ops: { type: 'slack', webhook_url_file: '/etc/grafherald/slack-webhook' },
      oncall: { type: 'email', smtp: 'smtp://localhost', from: 'alerts@example.com', to: ['oncall@example.com'] }
    }
  )
  group 'sensu'
  mode '0640'
end
