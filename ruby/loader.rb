# frozen_string_literal: true

module Gossamer
  # Loads the app: its bundle first, then its rackup file, by its own Rack where it has one.
  class Loader
    # `rackup` is a path from the app's folder: a `.ru`, or a `.rb` that defines a constant of its name.
    def initialize(rackup, environment)
      @path = File.expand_path(rackup)
      @environment = environment
    end

    # Everything of the app's bundle, before anything of the app. Without a Gemfile there is nothing to set up.
    def bundle
      ENV["RACK_ENV"] = @environment
      return unless (gemfile = ENV["BUNDLE_GEMFILE"] || gemfile_above(Dir.pwd))

      ENV["BUNDLE_GEMFILE"] = gemfile
      require "bundler"
      ::Bundler.setup
    end

    # The app.
    def load
      raise LoadError, "There is no #{@path}." unless File.file?(@path)

      app = @path.end_with?(".ru") ? rackup : constant
      return app if app.respond_to?(:call)

      raise TypeError, "#{@path} gives a #{app.class}, which does not respond to `call`."
    end

    private

    # The nearest Gemfile, from the app's folder up.
    def gemfile_above(folder)
      file = File.join(folder, "Gemfile")
      return file if File.file?(file)

      above = File.dirname(folder)
      gemfile_above(above) unless above == folder
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
