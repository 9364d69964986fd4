# frozen_string_literal: true

module Thin
  # Where a server listens, with what limits. In Thin a backend does it; here it is told to the front when it starts.
  module Backends
    # What is the same everywhere.
    class Base
      # The Thin::Server that it belongs to.
      attr_accessor :server
      # Seconds that a connection may idle, and that a graceful stop may take.
      attr_accessor :timeout
      # Connections that may be open at a time.
      attr_accessor :maximum_connections
      # Connections that may be kept alive at a time.
      attr_accessor :maximum_persistent_connections
      # Taken for compatibility: how to wait is Node's business.
      attr_accessor :no_epoll
      # Calls of the app at a time, where it is called by several threads.
      attr_accessor :threadpool_size
      # PEM files and more, by the names that EventMachine gives them.
      attr_accessor :ssl_options
      attr_writer :threaded, :ssl, :running

      # Thin's defaults.
      def initialize
        @timeout = Server::DEFAULT_TIMEOUT
        @maximum_connections = Server::DEFAULT_MAXIMUM_CONNECTIONS
        @maximum_persistent_connections = Server::DEFAULT_MAXIMUM_PERSISTENT_CONNECTIONS
        @no_epoll = false
        @running = false
      end

      # Is the app called by several threads?
      def threaded?
        @threaded
      end

      # Is TLS spoken?
      def ssl?
        @ssl
      end

      # Can clients connect?
      def running?
        @running
      end

      # All of it as options of `thin start`. Raises Gossamer::OptionError for what makes no sense.
      def words
        [*place, "--timeout", whole("timeout", timeout), "--max-conns", whole("maximum_connections", maximum_connections),
         "--max-persistent-conns", whole("maximum_persistent_connections", maximum_persistent_connections), *threads, *tls]
      end

      private

      # How many, if several.
      def threads
        return [] unless threaded?

        ["--threaded", "--threadpool-size", whole("threadpool_size", threadpool_size || Server::DEFAULT_THREADPOOL_SIZE)]
      end

      # Thin would serve with a key of its own that no client takes.
      def tls
        return [] unless ssl?

        options = ssl_options || {}
        version = Array(options[:ssl_version]).map(&:to_s).min
        ["--ssl", "--ssl-key-file", file(options, :private_key_file), "--ssl-cert-file", file(options, :cert_chain_file),
         *(options[:verify_peer] ? [] : ["--ssl-disable-verify"]), *(["--ssl-version", version] if version),
         *(["--ssl-cipher-list", options[:cipher_list].to_s] if options[:cipher_list])]
      end

      # The path of a file that TLS needs.
      def file(options, name)
        path = options[name]
        return path.to_s if path

        raise Gossamer::OptionError, "ssl_options has no #{name}: name the PEM file, ssl_options = { #{name}: \"/path\" }"
      end

      # A number of things, or of seconds; part of a second is one.
      def whole(name, value)
        number = value.is_a?(Numeric) ? value.ceil : Integer(value.to_s, 10, exception: false)
        return number.to_s unless number.nil? || number.negative?

        raise Gossamer::OptionError, "#{name} is to be a whole number, not #{value.inspect}"
      end
    end

    # Listens at a host and port.
    class TcpServer < Base
      # Once the server runs they are what is bound: the address of the host, and the port that was taken for 0.
      attr_accessor :host, :port

      # `host` is a name or an address.
      def initialize(host, port)
        super()
        @host = host
        @port = port
      end

      # There is none.
      def socket; end

      # `0.0.0.0:3000`
      def to_s
        "#{@host}:#{@port}"
      end

      # What is bound, as the front writes it.
      def bound(address)
        host, port = address.match(/\A\[?(.*?)\]?:(\d+)\z/)&.captures
        @host, @port = host, port.to_i if port
      end

      private

      # As `thin start` is told.
      def place
        ["--address", @host.to_s, "--port", @port.to_s]
      end
    end

    # Listens at a UNIX socket.
    class UnixServer < Base
      # Its path.
      attr_accessor :socket

      # `socket` may be relative.
      def initialize(socket)
        super()
        @socket = socket
      end

      # There is none.
      def host; end

      # Nor one of these.
      def port; end

      # The path.
      def to_s
        @socket
      end

      # It is what was asked for.
      def bound(_address); end

      private

      # As `thin start` is told.
      def place
        ["--socket", File.expand_path(@socket)]
      end
    end
  end
end
