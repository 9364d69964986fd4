# frozen_string_literal: true

require_relative "book"
require_relative "system"

# The names that pills use.
module Bluepill
  # The release whose pills these are.
  VERSION = "0.1.3"

  # Declares an application. A pill may declare several.
  def self.application(name, options = {}, &block)
    Gossamer::Pill.book.application(name, options, &block)
    nil
  end

  # Where a pill defines checks of its own: a class here, `MyCheck`, is the check `:my_check`.
  module ProcessConditions
    # The class of the check of this name; nil when the pill defines none.
    def self.[](name)
      constant = name.to_s.camelize
      const_get(constant, false) if constant.match?(/\A[A-Z]\w*\z/) && const_defined?(constant, false) && name.to_s != "process_condition"
    end

    # The names of all that are defined.
    def self.names
      (constants - [:ProcessCondition]).map { |constant| constant.to_s.underscore }
    end

    # What such a class begins with.
    class ProcessCondition
      # The options that `checks` is given, but those that all checks have.
      def initialize(options = {})
        @options = options
      end

      # Takes a sample of the process: whatever `check` understands.
      def run(_pid, _include_children)
        raise NotImplementedError, "#{self.class} has no `run`"
      end

      # Is this sample good?
      def check(_value)
        raise NotImplementedError, "#{self.class} has no `check`"
      end

      # The sample as the log shows it.
      def format_value(value)
        value
      end
    end
  end

  # What a pill's own trigger is a kind of: `class MyTrigger < Bluepill::Trigger` is `checks :my_trigger`.
  class Trigger
    @implementations = {}

    class << self
      # Remembers the class by its own name, without the modules that it stands in.
      def inherited(subclass)
        super
        Trigger.remember(subclass) if subclass.name
      end

      # The class of the trigger of this name; nil when the pill defines none.
      def [](name)
        @implementations[name.to_sym]
      end

      # The names of all that are defined.
      def names
        @implementations.keys.map(&:to_s)
      end

      def remember(subclass)
        @implementations[subclass.name.split("::").last.underscore.to_sym] = subclass
      end
    end

    attr_accessor :process, :logger

    # `process` is whom it watches, `options` are those of `checks`, and `:logger`.
    def initialize(process, options = {})
      @process = process
      @logger = options[:logger]
    end

    # Is called before the process goes from one state to another. `throw :halt` keeps it from going there.
    def notify(_transition)
      raise NotImplementedError, "#{self.class} has no `notify`"
    end

    # Forgets what it has seen and planned.
    def reset!
      cancel_all_events
    end

    # Has `event` (`:start`, `:stop`, `:restart` or `:unmonitor`) happen to the process.
    def dispatch!(event)
      process.dispatch!(event, own_name)
    end

    # The same in `delay` seconds.
    def schedule_event(event, delay)
      process.schedule(event, delay, own_name)
    end

    # Takes back what is scheduled and has not happened yet.
    def cancel_all_events
      process.cancel
    end

    private

    def own_name
      self.class.name.to_s.split("::").last
    end
  end
end
