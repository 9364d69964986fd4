# frozen_string_literal: true

require "eventmachine"

# Thin's `deferred?`: requests for /slow are called in EventMachine's pool, all others on the reactor.
class Choosy
  GATE = Queue.new

  def deferred?(env)
    raise "cannot say" if env["PATH_INFO"] == "/undecided"

    env["PATH_INFO"].start_with?("/slow")
  end

  def call(env)
    GATE.pop if env["PATH_INFO"] == "/slow-gate"
    GATE << true if env["PATH_INFO"] == "/open"
    where = EventMachine.reactor_thread? ? "reactor" : "pool"
    [200, { "content-type" => "text/plain" }, ["#{where} #{env["rack.multithread"]}"]]
  end
end

run Choosy.new
