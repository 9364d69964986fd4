# frozen_string_literal: true

require_relative "../../thin"

module Thin
  module Rackup
    # What `rackup -s thin` and `rails server -u thin` run.
    class Handler
      # Serves `app` until it is stopped; the block gets the server before. Options: `Host`, `Port`, `Threads`, `MaxConns`,
      # `timeout`, `tag`, `signals`, and `early_hints`, which Rails has. What cannot be started ends the process with a line.
      def self.run(app, given = {}, **named)
        server = server_for(app, given.merge(named))
        yield server if block_given?
        server.start
      rescue Gossamer::Error, Gossamer::OptionError => error
        abort "thin: #{error.message}"
      end

      # For `rackup -s thin --help`.
      def self.valid_options
        { "Host=HOST" => "Hostname to listen on (default: #{default_host})",
          "Port=PORT" => "Port to listen on (default: 8080)",
          "Threads=N" => "Requests to run at a time (default: 1)",
          "MaxConns=N" => "Connections that may be open at a time (default: 1024)",
          "timeout=SECONDS" => "How long connections may idle, and a stop may take (default: 30)",
          "tag=NAME" => "A word for the list of processes" }
      end

      # Who writes code does so for himself.
      def self.default_host
        ENV.fetch("RACK_ENV", "development") == "development" ? "localhost" : "0.0.0.0"
      end
      private_class_method :default_host

      # As the options have it.
      def self.server_for(app, options)
        heard = options.slice(:timeout, :tag, :signals, :backend, :swiftiply)
        server = Server.new(options[:Host] || default_host, options[:Port] || 8080, app, heard)
        server.threaded = true if options[:Threads]
        server.threadpool_size = options[:Threads]
        server.maximum_connections = options[:MaxConns] if options[:MaxConns]
        server.variables["GOSSAMER_EARLY_HINTS"] = "true" if options[:early_hints]
        server
      end
      private_class_method :server_for
    end
  end
end
