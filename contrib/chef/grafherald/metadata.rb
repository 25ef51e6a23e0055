name 'grafherald'
maintainer 'The grafherald maintainers'
license 'MIT'
description 'Installs grafherald: checks that know their Grafana panel, and the handler that sends it along'
version '0.1.0'
chef_version '>= 12.5'
# Whichever of the two you have brings sensu_check and sensu_handler; depend on it in your wrapper:
# depends 'sensu' (Sensu Core) or depends 'sensu-go'
