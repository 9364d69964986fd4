# frozen_string_literal: true

require_relative "lib/gossamer/version"

Gem::Specification.new do |spec|
  spec.name = "gossamer"
  spec.version = Gossamer::VERSION
  spec.summary = "Starts the Gossamer application server from Ruby, by the API of Thin."
  spec.description = "`require \"thin\"`, `Thin::Server.start`, `rackup -s thin` and `rails server -u thin`, served by the Node package gossamer."
  spec.authors = ["The Gossamer authors"]
  spec.license = "MIT"
  spec.required_ruby_version = ">= 2.7"
  spec.files = Dir.chdir(__dir__) { Dir["lib/**/*.rb"] }
  spec.require_paths = ["lib"]

  spec.add_dependency "logger", "~> 1.4"
  spec.add_dependency "rack", ">= 2", "< 4"
end
