# frozen_string_literal: true

require "forwardable"
require_relative "../gossamer/run"
require_relative "backends"
require_relative "daemonizing"
require_relative "logging"
require_relative "signals"

module Thin
  # A server for one app, which runs in this process; Node speaks HTTP for it.
  #
  #   Thin::Server.start("0.0.0.0", 3000, app)
  #   Thin::Server.start("/tmp/web.sock", app)
  #   Thin::Server.start("0.0.0.0", 3000) { run App.new }
  class Server
    include Logging
    include Daemonizable
    extend Forwardable

    DEFAULT_TIMEOUT = 30
    DEFAULT_HOST = "0.0.0.0"
    DEFAULT_PORT = 3000
    DEFAULT_MAXIMUM_CONNECTIONS = 1024
    DEFAULT_MAXIMUM_PERSISTENT_CONNECTIONS = 100
    DEFAULT_THREADPOOL_SIZE = 20

    # The levels that the front knows, as a logger does.
    LEVELS = { "debug" => ::Logger::DEBUG, "info" => ::Logger::INFO, "warn" => ::Logger::WARN,
               "error" => ::Logger::ERROR }.freeze
    NO_SWIFTIPLY = ":swiftiply is not in Gossamer: give a host and a port, and name them to the proxy in front"
    private_constant :LEVELS, :NO_SWIFTIPLY

    # The app, and a word for the list of processes.
    attr_accessor :app, :tag
    # Where it listens, and with what limits.
    attr_reader :backend
    # Variables for the front: `server.variables["GOSSAMER_MAX_BODY"] = "10MB"` for what Thin has no option for.
    attr_reader :variables

    # Each argument is known by its kind, so that their order does not matter: a number is a port, a text a host (or, with a
    # slash in it, the path of a socket), what can be called is the app. Of a Hash, `:timeout`, `:tag` and `:signals` are
    # heard. The block is that of a Rack::Builder. Raises ArgumentError for a backend that is none of ours.
    def initialize(*args, &block)
      host = DEFAULT_HOST
      port = DEFAULT_PORT
      options = {}
      args.each do |arg|
        case arg
        when Integer, /\A\d+\z/ then port = arg.to_i
        when String then host = arg
        when Hash then options = arg
        else @app = arg if arg.respond_to?(:call)
        end
      end
      @tag = options[:tag]
      @hears_signals = options[:signals] != false
      @variables = {}
      self.backend = backend_for(host, port, options)
      backend.timeout = options[:timeout] || DEFAULT_TIMEOUT
      @app = built(&block) if block
      @app = ::Rack::CommonLogger.new(@app) if @app && Logging.debug? && defined?(::Rack::CommonLogger)
    end

    # `new(…).start`
    def self.start(*args, &block)
      new(*args, &block).start
    end

    # Where it listens; one of Thin::Backends.
    def backend=(backend)
      refuse_backend(backend.class) unless backend.is_a?(Backends::Base)
      @backend = backend
      backend.server = self
    end

    # What the backend knows is asked of the server.
    def_delegators :backend, :host, :port, :socket, :timeout, :timeout=, :maximum_connections, :maximum_connections=,
                   :maximum_persistent_connections, :maximum_persistent_connections=, :threaded?, :threaded=,
                   :threadpool_size, :threadpool_size=, :ssl?, :ssl=, :ssl_options=, :no_epoll, :no_epoll=, :running?

    # Serves, on the thread that calls and by the app's own process, until the server is stopped. On the thread of
    # EventMachine's reactor it returns once clients can connect, and the reactor serves. Raises ArgumentError without an
    # app, Gossamer::Error when it cannot be started or goes by itself.
    def start
      raise ArgumentError, "app required" unless app
      raise Gossamer::Error, "#{name} runs already: make another for another address" if @run

      $stdout.sync = $stderr.sync = true
      @run = Gossamer::Run.new(words, variables, listening: method(:listening), said: method(:said))
      @joins = on_reactor?
      @joins ? join(@run) : serve(@run)
    end
    alias start! start

    # Takes no more, lets what is in flight finish, and then `start` returns. Asked for again it is as `stop!`.
    def stop
      backend.running = false
      explain if @joins
      @run&.order(:TERM)
    end

    # Drops what is in flight, and `start` returns.
    def stop!
      backend.running = false
      explain if @joins
      @run&.order(:INT)
    end

    # With a block of `on_restart`: takes no more, calls it, and lets what is in flight finish. Without one it reads the
    # files of TLS anew, and says that the app, being an object of this process, cannot be.
    def restart
      return (@run&.order(:HUP) if running?) unless @on_restart

      log_info "Restarting ..."
      stop
      PidFile.new(pid_file).remove if pid_file
      @on_restart.call
    end

    # Opens the logs anew, after they were moved away.
    def reopen_log
      @run&.order(:USR1) if running?
      return unless log_file

      path = File.expand_path(log_file)
      log_info "Reopening log file: #{path}"
      redirect(path)
    end

    # Thin raises the limits of the system here. There is nothing to do.
    def config; end

    # What a daemon is called in the list of processes.
    def name
      "thin server (#{backend})#{" [#{tag}]" if tag}"
    end
    alias to_s name

    private

    # Until it has ended, one way or another.
    def serve(run)
      @hears_signals ? Signals.for(self) { run.serve(app) } : run.serve(app)
    ensure
      ended
    end

    # Beside whatever else the reactor has to do, which is raised what goes wrong later.
    def join(run)
      signals = Signals.new(self) if @hears_signals
      signals&.listen
      run.join(app) do |error|
        ended(signals)
        raise error if error
      end
      joined = true
    ensure
      ended(signals) unless joined
    end

    # It may be started anew.
    def ended(signals = nil)
      backend.running = false
      @run = nil
      signals&.close
    end

    # Who has started the reactor may not be aware that the process goes on.
    def explain
      log_info "The server stops. EventMachine's reactor, which it was started in, runs on until EventMachine.stop"
    end

    # Clients can connect: the front tells.
    def listening(addresses)
      backend.bound(addresses.first)
      backend.running = true
    end

    # The front has something to say.
    def said(level, text)
      level == "trace" ? Logging.trace_msg(text) : Logging.log_msg(text, LEVELS.fetch(level))
    end

    # What the front is told.
    def words
      [*backend.words, "--environment", ENV["RACK_ENV"] || "development", *(["--tag", tag.to_s] if tag),
       *("--debug" if Logging.debug?), *("--trace" if Logging.trace?)]
    end

    # By what the host looks like.
    def backend_for(host, port, options)
      refuse_backend(options[:backend]) if options.key?(:backend)
      raise Gossamer::OptionError, NO_SWIFTIPLY if options.key?(:swiftiply)

      host.include?("/") ? Backends::UnixServer.new(host) : Backends::TcpServer.new(host, port)
    end

    # Sockets are Node's.
    def refuse_backend(backend)
      raise ArgumentError, ":backend must be a class" unless backend.is_a?(Class)

      raise Gossamer::OptionError, "The backend #{backend} cannot be used: give a host and a port, or the path of a socket"
    end

    # Rack's own builder, with Rack's own words.
    def built(&block)
      return ::Rack::Builder.new(&block).to_app if defined?(::Rack::Builder)

      raise Gossamer::OptionError, "A block needs the gem rack, which is not there: add it, or give an app"
    end

    # Are we called by EventMachine's reactor, which must not wait?
    def on_reactor?
      defined?(::EventMachine) && ::EventMachine.reactor_running? && ::EventMachine.reactor_thread?
    end
  end
end
