# frozen_string_literal: true

begin
  require "rack"
rescue LoadError => error
  # An app needs none; only the block that Thin::Server.new takes does.
  raise unless error.path == "rack"
end
require_relative "gossamer/version"
require_relative "gossamer/error"
require_relative "thin/version"
require_relative "thin/logging"
require_relative "thin/backends"
require_relative "thin/daemonizing"
require_relative "thin/server"

# Thin's API, as far as it starts servers and asks them something. What serves is Gossamer.
module Thin
  # What a part of Thin's is called, and what does its work.
  ELSEWHERE = {
    Command: "run the command thin as a process", Connection: "Node reads the requests",
    Controllers: "run the command thin: thin start, stop, restart", Headers: "Node writes the headers",
    Request: "Node reads the requests", Response: "Node writes the responses",
    Runner: "run the command thin as a process", Stats: "wrap the app in a middleware that counts"
  }.freeze
  private_constant :ELSEWHERE

  # Says what to use instead of a part of Thin's that there is not.
  def self.const_missing(name)
    return super unless (instead = ELSEWHERE[name])

    raise NameError.new("Thin::#{name} is not in Gossamer: #{instead}.", name)
  end
end
