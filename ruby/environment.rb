# frozen_string_literal: true

require_relative "codes"

module Gossamer
  # Makes the Rack env of each request, in the dialect of the app's own Rack.
  class Environment
    # What Thin and everybody else has been saying since 1995.
    GATEWAY = "CGI/1.2"
    THIN = "thin 2.0.1 codename Thinception"

    # The Rack that the app brought along: [3, 1] and the like; [3, 0] for an app that goes without.
    def self.release
      return [3, 0] unless defined?(::Rack) && ::Rack.respond_to?(:release)

      ::Rack.release.split(".").first(2).map(&:to_i)
    end

    attr_reader :release

    # `threads` and `workers` are told to the app as they are: a lone worker need not fear anybody.
    # Early hints are only for those who asked: many a proxy takes a 103 for the answer.
    # `thin`: with the keys that only Thin has, and under its name.
    def initialize(worker:, threads:, workers:, early_hints: false, thin: false, release: self.class.release)
      @release = release
      @early_hints = early_hints
      @base = common(worker)
      @base.update(legacy(threads, workers)) if old?(3, 0)
      @base.update("rack.multithread" => threads > 1, "rack.multiprocess" => workers > 1)
      @base["SERVER_SOFTWARE"] = THIN if (@thin = thin)
      @base["HTTP_VERSION"] = "" unless newer?(3, 1)
      @versioned = @base.key?("HTTP_VERSION")
      @asterisk = old?(3, 1) ? "" : "*"
    end

    # Is the input to be rewindable, and are hijackers to find their socket in the env?
    def rack2?
      @release[0] < 3
    end

    # One request's env. Every name and value is a string of bytes as the client sent them.
    def build(fields, input, slot, id)
      env = @base.dup
      method, path, query, target, protocol, scheme, host, port, address = fields
      env["REQUEST_METHOD"] = method
      env["PATH_INFO"] = path == "*" ? @asterisk : path
      env["QUERY_STRING"] = query
      env["REQUEST_URI"] = target
      env["SERVER_PROTOCOL"] = protocol
      env["HTTP_VERSION"] = protocol if @versioned
      env["SERVER_NAME"] = host
      env["SERVER_PORT"] = port
      env["REMOTE_ADDR"] = address
      env["rack.input"] = input
      env["rack.errors"] = $stderr
      env["rack.response_finished"] = []
      env["rack.hijack"] = hijack = Hijack.new(slot, id, env)
      env["rack.early_hints"] = hijack if @early_hints
      headers(env, fields)
      thin(env, path, protocol) if @thin
      secure(env, scheme) unless scheme == "http"
      env
    end

    private

    # The client's headers; an Upgrade among them becomes the protocols that it offers.
    def headers(env, fields)
      at = 9
      count = fields.length
      while at < count
        env[KEYS[fields[at]]] = fields[at + 1]
        at += 2
      end
      upgrade = env["HTTP_UPGRADE"]
      env["rack.protocol"] = upgrade.split(/\s*,\s*/) if upgrade
    end

    # What Thin says twice.
    def thin(env, path, protocol)
      env["REQUEST_PATH"] = path unless path == "*"
      env["thin.request_http_version"] = protocol
    end

    # What a request that came over TLS says of itself.
    def secure(env, scheme)
      env["rack.url_scheme"] = scheme
      env["HTTPS"] = "on"
    end

    # What every request shares; the empty ones keep their place until `build` fills them in.
    def common(worker)
      per_request = %w[REQUEST_METHOD PATH_INFO QUERY_STRING REQUEST_URI SERVER_PROTOCOL SERVER_NAME SERVER_PORT
                       REMOTE_ADDR rack.input rack.errors rack.response_finished rack.hijack]
      { "SCRIPT_NAME" => "", "SERVER_SOFTWARE" => "gossamer", "GATEWAY_INTERFACE" => GATEWAY,
        "rack.url_scheme" => "http", "rack.hijack?" => true, "gossamer.engine" => "native",
        "gossamer.worker" => worker }.update(per_request.to_h { |key| [key.freeze, nil] })
    end

    # Rack 2 insists on these.
    def legacy(_threads, _workers)
      { "rack.version" => [1, 6].freeze, "rack.run_once" => false }
    end

    # Is the app's Rack older than that one?
    def old?(*other)
      (@release <=> other).negative?
    end

    # Is it newer?
    def newer?(*other)
      (@release <=> other).positive?
    end
  end
end
