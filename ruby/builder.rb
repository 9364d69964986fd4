# frozen_string_literal: true

module Gossamer
  # Reads a config.ru for apps that bring no Rack: `use`, `run`, `map`, `warmup`, `freeze_app`.
  class Builder
    # Evaluates the file at the top level, as Rack does, so that its constants are everybody's.
    def self.parse_file(path)
      source = File.read(path).sub(/^__END__\n.*\z/m, "")
      block = eval("proc {#{source}\n}", TOPLEVEL_BINDING.dup, path, 1) # rubocop:disable Security/Eval
      new(&block).to_app
    end

    # The block says it all.
    def initialize(&block)
      @uses = []
      @maps = {}
      instance_exec(&block)
    end

    # Puts a middleware around what follows.
    def use(middleware, *arguments, &block)
      @uses << ->(app) { middleware.new(app, *arguments, &block) }
    end
    ruby2_keywords(:use) if respond_to?(:ruby2_keywords, true)

    # The app itself: an object, or a block.
    def run(app = nil, &block)
      @run = app || block
    end

    # Another app below a path.
    def map(path, &block)
      @maps[path.chomp("/")] = self.class.new(&block).to_app
    end

    # Called with the app once it stands.
    def warmup(callable = nil, &block)
      @warmup = callable || block
    end

    # No middleware will change its mind later.
    def freeze_app
      @freeze = true
    end

    # The whole stack.
    def to_app
      inner = @maps.empty? ? @run : method(:dispatch)
      raise ArgumentError, "The rackup file says neither `run` nor `map`." unless inner

      app = @uses.reverse.inject(inner) { |wrapped, use| use.call(wrapped) }
      app.freeze if @freeze
      @warmup&.call(app)
      app
    end

    private

    # The longest path wins.
    def dispatch(env)
      script = env["SCRIPT_NAME"]
      path = env["PATH_INFO"]
      at, app = @maps.select { |key, _| path == key || path.start_with?("#{key}/") }.max_by { |key, _| key.size }
      return (@run || method(:missing)).call(env) unless app

      app.call(env.merge!("SCRIPT_NAME" => script + at, "PATH_INFO" => path[at.size..-1]))
    ensure
      env.update("SCRIPT_NAME" => script, "PATH_INFO" => path)
    end

    # Nobody lives there.
    def missing(env)
      [404, { "content-type" => "text/plain" }, ["Not Found: #{env["PATH_INFO"]}\n"]]
    end
  end
end
