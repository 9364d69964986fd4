# frozen_string_literal: true

# Where the front starts us: `ruby boot.rb role=worker socket=/… number=1 …`.
# Nothing that could be a gem of the app's is required before its bundle is set up.
require "socket"
require_relative "frames"
require_relative "failure"
require_relative "lifeline"
require_relative "reactor_use"
require_relative "loader"
require_relative "worker"
require_relative "mold"

required, settings = ARGV.map { |argument| argument.split("=", 2) }.partition { |name, _| name == "require" }
options = settings.to_h
ARGV.clear
# The front alone says when we leave. Service managers send their signals to every process of a service, and Ruby's
# defaults would drop the requests that the front has promised to finish.
%w[INT TERM QUIT HUP USR1 USR2 TTIN TTOU].each { |signal| trap(signal) {} }
$stdout.sync = $stderr.sync = true
Dir.chdir(options.fetch("app"))

process = options.fetch("role") == "mold" ? Gossamer::Mold.new(options) : Gossamer::Worker.new(options)
process.greet

begin
  loader = Gossamer::Loader.new(options, required.map(&:last))
  loader.bundle
  %w[environment input head hijack stream body wire stopwatch slot collector builder url_map].each { |name| require_relative name }
  require_relative "files" if options["adapter"] == "file"
  app = loader.load
  reactor = loader.reactor?
rescue Exception => error # rubocop:disable Lint/RescueException -- `exit` in an app that is to serve is an error, too.
  process.refuse(error)
end

process = process.serve if process.is_a?(Gossamer::Mold)
process.collect
process.serve(app, reactor)
