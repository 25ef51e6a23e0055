require 'erb'

# A panel's render URL for a node: what a check's graph_image is.
module GraphImage
  module_function

  # check: 'dashboard' (uid/slug), 'panel', and 'variables' of its own.
  # A variable's value is the path of one of the node's attributes, or what stands behind a '='.
  def url(node, check)
    own = node['grafherald']
    names = own['variables'].to_h.merge((check['variables'] || {}).to_h)
    variables = names.map { |name, source| ["var-#{name}", value(node, source)] }
    words = [['orgId', 1], ['panelId', check['panel']], *own['size'].to_a, *variables]
    query = words.map { |key, text| "#{key}=#{ERB::Util.url_encode(text.to_s)}" }.join('&')
    "#{own['grafana']}/render/d-solo/#{check['dashboard']}?#{query}"
  end

  def value(node, source)
    return source[1..-1] if source.start_with?('=')
    source.split('.').reduce(node) { |found, key| found && found[key] }
  end
end
