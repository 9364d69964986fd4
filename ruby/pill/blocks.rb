# frozen_string_literal: true

require_relative "attributes"
require_relative "refusal"

module Gossamer
  module Pill
    # What `self` is in the blocks of a pill. These have no more methods than they must, as those of the pill's own are
    # called in them, too.
    module Blocks
      # Runs the block of a pill, whether it asks for a parameter or not.
      def self.run(receiver, block)
        block.arity.zero? ? receiver.instance_exec(&block) : receiver.instance_exec(receiver, &block)
      end

      # `app.process("web") do |process|`: `process.daemonize = true`, `process.daemonize true` and `process.daemonize!`
      # are the same.
      class Attended
        def initialize(attended)
          @gossamer_attended = attended
        end

        def name
          @gossamer_attended.name
        end

        # Adds a check, a trigger or `:flapping`.
        def checks(name = nil, options = {})
          @gossamer_attended.add_check(name, options, Place.here)
        end

        def method_missing(name, *arguments)
          word = name.to_s
          return @gossamer_attended.set(word.delete_suffix("="), arguments.first, Place.here) if arguments.size == 1
          return @gossamer_attended.set(word.delete_suffix("!"), true, Place.here) if arguments.empty? && word.end_with?("!")
          return @gossamer_attended.get(name) if arguments.empty? && @gossamer_attended.set?(name)

          super
        end

        def respond_to_missing?(name, include_private = false)
          @gossamer_attended.set?(name) || (name.end_with?("=", "!") && @gossamer_attended.settable?(name[0..-2].to_sym)) || super
        end

        def to_s
          @gossamer_attended.to_s
        end
        alias inspect to_s
      end

      # The same with `monitor_children do |child|`.
      class Supervised < Attended
        def monitor_children(*values, &block)
          @gossamer_attended.monitor_children(values, block, Place.here)
        end
      end

      # `Bluepill.application("shop") do |app|`
      class Application
        def initialize(application)
          @gossamer_application = application
        end

        Attributes::APPLICATION.each do |key|
          define_method("#{key}=") { |value| @gossamer_application.set(key, value, Place.here) }
          define_method(key) { |*values| values.empty? ? @gossamer_application.get(key) : public_send("#{key}=", *values) }
        end

        # Declares a process.
        def process(name = nil, &block)
          @gossamer_application.process(name, block, Place.here)
        end

        # Somebody is told when a process enters a state: `notify on: [:down], command: "…"`, or `webhook: "…"`.
        def notify(options = {})
          @gossamer_application.notify(options, Place.here)
        end

        def method_missing(name, *arguments)
          super unless name.to_s.end_with?("=")
          @gossamer_application.refuse(name.to_s.delete_suffix("="), Place.here)
        end

        def respond_to_missing?(_name, _include_private = false)
          false
        end

        def to_s
          @gossamer_application.to_s
        end
        alias inspect to_s
      end
    end
  end
end
