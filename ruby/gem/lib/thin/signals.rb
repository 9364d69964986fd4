# frozen_string_literal: true

module Thin
  # The signals that a server hears while it runs. A handler may do next to nothing, so it puts the name in a queue, and
  # a thread does the rest.
  class Signals
    # What a server is told, by signal.
    ORDERS = { "INT" => :stop!, "TERM" => :stop, "QUIT" => :stop, "HUP" => :restart, "USR1" => :reopen_log }.freeze
    ON_WINDOWS = %w[INT TERM].freeze

    # While the block runs, signals are orders to `server`; then they mean what they meant before.
    def self.for(server)
      signals = new(server)
      signals.listen
      yield
    ensure
      signals&.close
    end

    # Hears nothing yet.
    def initialize(server)
      @server = server
      @heard = Queue.new
    end

    # From now on.
    def listen
      names = Thin.win? ? ON_WINDOWS : ORDERS.keys
      @before = names.to_h { |name| [name, trap(name) { @heard << name }] }
      @thread = Thread.new { obey }
      @thread.name = "thin signals"
    end

    # Leaves them to who had them before.
    def close
      (@before || {}).each { |name, handler| trap(name, handler || "DEFAULT") }
      @heard.close
      @thread&.join unless @thread == Thread.current
    end

    private

    # One by one, as they come.
    def obey
      while (name = @heard.pop)
        @server.public_send(ORDERS.fetch(name))
      end
    rescue StandardError => error
      Logging.log_error("A signal could not be obeyed", error)
      retry
    end
  end
end
