# frozen_string_literal: true

module Gossamer
  # Whether EventMachine's reactor runs beside the app: `auto` (when the app has loaded EventMachine), `always`, `never`.
  class ReactorUse
    # `use` is the word for it.
    def initialize(use)
      @use = use
    end

    # What an app gets that has not asked for it, but whose operator has. Raises LoadError where its bundle has none.
    def prepare
      require "eventmachine" if @use == "always"
    rescue LoadError => error
      raise unless error.path == "eventmachine"

      raise LoadError, "--reactor always needs the gem eventmachine, and the app's bundle has none: add it to the Gemfile."
    end

    # Does it run? To be asked once the app is loaded.
    def here?
      runs = @use == "always" || (@use == "auto" && !defined?(::EventMachine.run).nil?)
      require_relative "reactor" if runs
      runs
    end
  end
end
