# frozen_string_literal: true

require_relative "attributes"
require_relative "base_dir"
require_relative "blocks"
require_relative "dependencies"
require_relative "notification"
require_relative "rotation"
require_relative "supervised"

module Gossamer
  module Pill
    # The block of `Bluepill.application`.
    class Application
      HALF_SECOND_MS = 500

      def initialize(name, options, place, book)
        @name = Value.new("the name of the application", name, place).word
        raise Refusal.new("the name of the application becomes that of a file: #{@name.inspect} cannot be one.", place) if @name.match?(%r{/|\A\.\.?\z})

        @place = place
        @book = book
        @options = read_options(options)
        @defaults = Attributes::APPLICATION.to_h { |key| [key, [nil, place]] }
        @processes = []
        @notifications = []
      end

      # Runs the block; then all that can only be seen from above is checked.
      def read(block)
        Blocks.run(Blocks::Application.new(self), block)
        Dependencies.new(@processes.map(&:first)).check
      end

      # Sets what processes that are declared later have, too.
      def set(key, value, place)
        @defaults[key] = [value, place]
        value
      end

      def get(key)
        @defaults[key].first
      end

      # Declares a process.
      def process(name, block, place)
        raise Refusal.new("A process needs a name and a block.", place) if name.to_s.empty? || block.nil?

        process = Supervised.new(name, @defaults, BaseDir.pid_file(base_dir, @name, name.to_s), place, @book)
        Blocks.run(Blocks::Supervised.new(process), block)
        check(process)
        @processes << [process, process.description]
        nil
      end

      # Somebody is to be told of states.
      def notify(options, place)
        @notifications << Notification.new(options, place, @book).description
        nil
      end

      # There is no such attribute.
      def refuse(word, place)
        raise Refusal.new("There is no attribute #{word} for #{self}.#{Spelling.hint(word, Attributes::APPLICATION)}", place)
      end

      def description
        {
          name: @name, logFile: log_file, logRotate: log_rotate, baseDir: base_dir, foreground: @options[:foreground] ? true : false,
          killTimeoutMs: (option(:kill_timeout)&.number || 10) * HALF_SECOND_MS, place: @place.to_h,
          notifications: @notifications, processes: @processes.map(&:last)
        }.compact
      end

      def to_s
        "the application '#{@name}'"
      end

      private

      # What is near to an option is most likely meant to be it; what is not had no effect with bluepill.
      def read_options(options)
        raise Refusal.new("#{self} takes options such as log_file:, got #{options.inspect}.", @place) unless options.is_a?(Hash)

        options.to_h { |key, value| [key.to_sym, value] }.each_key do |key|
          next if Attributes::OPTIONS.include?(key)

          hint = Spelling.hint(key, Attributes::OPTIONS)
          raise Refusal.new("There is no option #{key}: for #{self}.#{hint}", @place) unless hint.empty?

          @book.warn("#{key}: of #{self} has no effect.", @place)
        end
      end

      def option(key)
        Value.new("#{key}: of #{self}", @options[key], @place) unless @options[key].nil?
      end

      def log_file
        option(:log_file)&.path(Dir.pwd)
      end

      def log_rotate
        @book.warn("log_rotate: of #{self} has no effect without log_file:.", @place) if option(:log_rotate) && log_file.nil?
        Rotation.read(option(:log_rotate))
      end

      def base_dir
        BaseDir.path(option(:base_dir))
      end

      # bluepill's own words, in bluepill's own order.
      def check(process)
        if @processes.any? { |other, _| other.name == process.name && other.group_name == process.group_name }
          group = process.group_name && " in the group '#{process.group_name}'"
          raise Refusal.new("You have two entries for the process name '#{process.name}'#{group}", process.place, exact: true)
        end
        raise Refusal.new("You must specify a start_command for '#{process.name}'", process.place, exact: true) unless process.start_command?

        @book.claim_pid_file(process.pid_file_path, process.pid_file_written, process.place)
      end
    end
  end
end
