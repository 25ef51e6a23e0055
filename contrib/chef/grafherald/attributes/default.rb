# 'core' for the sensu cookbook, 'go' for sensu-go.
default['grafherald']['sensu'] = 'core'

# What pip installs, 'grafherald[draw]==0.1.0' to stay with a version, and with which Python, 3.10
# or later: RHEL 8 and 9 have 'python3.12' beside their own.
default['grafherald']['package'] = 'grafherald[draw]'
default['grafherald']['python'] = 'python3'

# What a check's graph_image is made of. The variables are what the dashboard calls them; their
# values are this node's: a name below node['...'], its parts joined by dots.
default['grafherald']['grafana'] = 'https://grafana.example.com'
default['grafherald']['variables'] = { 'host' => 'hostname', 'environment' => 'chef_environment' }
default['grafherald']['size'] = { 'width' => 1000, 'height' => 500 }

# The checks: a dashboard's uid and slug, and a panel's number, beside what sensu_check takes.
default['grafherald']['checks']['cpu'] = {
  'dashboard' => 'node/host', 'panel' => 2,
  'command' => 'check-cpu.rb -w 75 -c 90', 'interval' => 60,
  'runbook' => 'https://wiki.example.com/runbooks/cpu'
}
default['grafherald']['checks']['disk'] = {
  'dashboard' => 'node/host', 'panel' => 7, 'variables' => { 'mountpoint' => '=/' },
  'command' => 'check-disk-usage.rb -w 80 -c 90', 'interval' => 300
}
default['grafherald']['subscriptions'] = ['linux']

# /etc/grafherald/grafherald.json; secrets by ..._file, from wherever you keep them.
default['grafherald']['settings'] = {
  'grafana' => { 'url' => 'https://grafana.example.com', 'token_file' => '/etc/grafherald/token' },
  'images' => { 'service' => 'https://grafana.example.com/grafana-images' },
  'channels' => {
    'ops' => { 'type' => 'slack', 'webhook_url_file' => '/etc/grafherald/slack-webhook' }
  }
}
default['grafherald']['group'] = 'sensu'
