# frozen_string_literal: true

module Gossamer
  # Loads the app: its bundle first, what is to be required, then its rackup file, by its own Rack where it has one.
  class Loader
    # Of `options`, as boot.rb was told: `rackup` is a path from the app's folder: a `.ru`, a `.rb` that defines a
    # constant of its name, or with the adapter `rails` the file that makes a Rails app. `required` goes first.
    def initialize(options, required)
      @path = File.expand_path(options.fetch("rackup"))
      @environment = options.fetch("environment")
      @adapter = options.fetch("adapter", "rack")
      @prefix = options.fetch("prefix", "")
      @reactor = ReactorUse.new(options.fetch("reactor", "auto"))
      @required = required
    end

    # Everything of the app's bundle, before anything of the app. Without a Gemfile there is nothing to set up.
    def bundle
      ENV["RACK_ENV"] = @environment
      ENV["RAILS_ENV"] = @environment if @adapter == "rails"
      # Files are served without anybody's gems.
      return if @adapter == "file" && @required.empty?
      return unless (gemfile = ENV["BUNDLE_GEMFILE"] || gemfile_above(Dir.pwd))

      ENV["BUNDLE_GEMFILE"] = gemfile
      require "bundler"
      ::Bundler.setup
    end

    # The app, below its prefix.
    def load
      @reactor.prepare
      @required.each { |file| require file }
      app = @adapter == "file" ? Files.new(@path) : made
      return @prefix.empty? ? app : UrlMap.new({ @prefix => app }) if app.respond_to?(:call)

      raise TypeError, "#{@path} gives a #{app.class}, which does not respond to `call`."
    end

    # Is the app, now that it is loaded, to run beside EventMachine's reactor?
    def reactor?
      @reactor.here?
    end

    private

    # The nearest Gemfile (or gems.rb, as Bundler has it), from the app's folder up.
    def gemfile_above(folder)
      file = %w[Gemfile gems.rb].map { |name| File.join(folder, name) }.find { |path| File.file?(path) }
      return file if file

      above = File.dirname(folder)
      gemfile_above(above) unless above == folder
    end

    # What the file at our path makes.
    def made
      raise LoadError, "There is no #{@path}." unless File.file?(@path)
      return rackup if @path.end_with?(".ru")

      @adapter == "rails" ? rails : constant
    end

    # A Rails app without a config.ru: config/environment.rb has it ready.
    def rails
      require @path
      ::Rails.application.tap { |app| app.load_server if app.respond_to?(:load_server) }
    end

    # A config.ru. Rack 2 answers with the app and its options, Rack 3 with the app.
    def rackup
      return Builder.parse_file(@path) unless rack?

      result = ::Rack::Builder.parse_file(@path)
      result.is_a?(Array) ? result.first : result
    end

    # A `.rb`: my_app.rb defines My_app, as Thin reads it, or MyApp.
    def constant
      require @path
      name = File.basename(@path, ".rb")
      names = [name.capitalize, name.split("_").map(&:capitalize).join]
      found = names.find { |one| Object.const_defined?(one) }
      found ? Object.const_get(found) : raise(NameError, "#{@path} defines neither #{names.uniq.join(" nor ")}.")
    end

    # Does the app bring a Rack?
    def rack?
      require "rack"
      true
    rescue LoadError => error
      raise unless error.path == "rack"

      false
    end
  end
end
