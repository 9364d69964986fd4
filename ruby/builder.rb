# frozen_string_literal: true

require_relative "url_map"

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
      @maps[path] = self.class.new(&block).to_app
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
      inner = @maps.empty? ? @run : UrlMap.new(@maps, @run)
      raise ArgumentError, "The rackup file says neither `run` nor `map`." unless inner

      app = @uses.reverse.inject(inner) { |wrapped, use| use.call(wrapped) }
      app.freeze if @freeze
      @warmup&.call(app)
      app
    end
  end
end
