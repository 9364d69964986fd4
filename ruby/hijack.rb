# frozen_string_literal: true

module Gossamer
  # `rack.hijack`: hands the raw connection over to the app, as a real socket.
  class Hijack
    REASONS = { 100 => "Continue", 101 => "Switching Protocols", 200 => "OK", 201 => "Created", 204 => "No Content",
                301 => "Moved Permanently", 302 => "Found", 304 => "Not Modified", 400 => "Bad Request",
                401 => "Unauthorized", 403 => "Forbidden", 404 => "Not Found", 426 => "Upgrade Required",
                500 => "Internal Server Error", 503 => "Service Unavailable" }.freeze

    # The head of a response that goes through a tunnel; the app's own Connection and Upgrade lines are in it.
    def self.head(head)
      status = head.protocol && head.status == 200 ? 101 : head.status
      hops = head.hops || (status == 101 ? "connection: upgrade\r\n" : "connection: close\r\n")
      hops += "upgrade: #{head.protocol}\r\n" if head.protocol && !hops.match?(/^upgrade:/i)
      "HTTP/1.1 #{status} #{REASONS[status]}\r\n#{head.lines}#{hops}\r\n"
    end

    # Belongs to one request, and is of no use after it.
    def initialize(slot, id, env)
      @slot = slot
      @id = id
      @env = env
    end

    # Without headers this is `rack.hijack`: the connection (asking twice gives the same one). With headers it is
    # `rack.early_hints`, and sends them as 103. One object for both, as every request needs it and few use it.
    def call(headers = nil)
      return @slot.inform(@id, headers) if headers

      @env["rack.hijack_io"] = @slot.hijack(@id)
    end

    # Whoever reports an error shows the env. What is behind this has seen the requests of others.
    def inspect
      "#<#{self.class.name}>"
    end
  end
end
