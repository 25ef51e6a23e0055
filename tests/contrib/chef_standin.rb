# Runs a recipe as Chef would and prints its resources as JSON: a stand-in for Chef's own language,
# as far as the cookbook uses it. ruby chef_standin.rb COOKBOOK < the node's own attributes as JSON
require 'json'

class Attributes < Hash
  def initialize
    super { |hash, key| hash[key] = Attributes.new }
  end
end

class AttributeFile
  attr_reader :default

  def initialize(path)
    @default = Attributes.new
    instance_eval(File.read(path), path)
  end
end

class Resource
  def initialize(type, name)
    @said = { 'resource' => type, 'name' => name }
  end

  attr_reader :said

  def method_missing(name, *values)
    @said[name.to_s] = values.first
  end

  def respond_to_missing?(*)
    true
  end
end

class Recipe
  RESOURCES = %i(package execute link sensu_check sensu_handler directory file).freeze
  attr_reader :node, :resources

  def initialize(node)
    @node = node
    @resources = []
  end

  RESOURCES.each do |type|
    define_method(type) do |name, &block|
      resource = Resource.new(type.to_s, name)
      resource.instance_exec(&block) if block
      @resources << resource.said
    end
  end
end

def merged(one, two)
  one.merge(two) { |_, a, b| a.is_a?(Hash) && b.is_a?(Hash) ? merged(a, b) : b }
end

cookbook = ARGV.fetch(0)
Dir["#{cookbook}/libraries/*.rb"].each { |path| require path }
defaults = AttributeFile.new("#{cookbook}/attributes/default.rb").default
node = merged(JSON.parse(JSON.generate(defaults)), JSON.parse($stdin.read))
recipe = Recipe.new(node)
path = "#{cookbook}/recipes/default.rb"
recipe.instance_eval(File.read(path), path)
puts JSON.generate(recipe.resources)
