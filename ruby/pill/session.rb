# frozen_string_literal: true

require_relative "application"
require_relative "attendant"
require_relative "bluepill"
require_relative "book"
require_relative "failure"
require_relative "line"
require_relative "shadowed"

module Gossamer
  module Pill
    # One pill, read from its first line to its last, and then kept as long as the front asks its checks.
    class Session
      def initialize(path, line)
        @path = path
        @pid = Process.pid
        Pill.line = line
        @attendant = Attendant.new(line, Pill.book.customs)
      end

      # Runs the pill as a script of its own: `$0` is its path, there are no arguments.
      def run
        $0 = @path # rubocop:disable Style/SpecialGlobalVars
        open_data
        load @path
        publish if ours? && Pill.book.applications?
      rescue Exception => error # rubocop:disable Lint/RescueException -- a syntax error counts as well, and `exit`.
        ours? ? end_for(error) : raise
      end

      # Runs after the pill's own `at_exit` blocks: one of them may be where the applications are.
      def finish(error)
        return if @published || !ours?

        error.nil? || error.is_a?(SystemExit) ? publish : end_for(error)
      end

      private

      # A pill may fork, and its children run our code, too: they have nothing to say to the front.
      def ours?
        Process.pid == @pid
      end

      def end_for(error)
        case error
        when Refusal then end_with(say: "refused", message: Failure.utf8(error.message), place: error.place&.to_h)
        when SystemExit then leave(error)
        else end_with(say: "failed", **Failure.new(error).to_h)
        end
      end

      # What stands below `__END__`.
      def open_data
        data = File.open(@path)
        data.each_line { |line| return Object.const_set(:DATA, data) if line.match?(/\A__END__\r?\n?\z/) } # rubocop:disable Lint/NonLocalExitFromIterator
        data.close
      rescue ArgumentError, SystemCallError
        nil # What is no text, or cannot be read, says so when it is loaded.
      end

      def publish
        @published = true
        Shadowed.in(@path).each do |name, line|
          Pill.book.warn("`#{name} = …` sets a local variable that nothing reads, and not the attribute. Write `#{name} …` or give it a receiver.", Place.new(@path, line))
        end
        Pill.line.say(say: "pill", **Pill.book.to_h)
        @attendant.wait
      end

      # `exit` before anything was declared, or after: what there is so far counts, unless it says that something failed.
      def leave(error)
        return publish if error.success? && Pill.book.applications?

        end_with(say: "left", status: error.status, place: Place.of(error.backtrace_locations)&.to_h) unless error.success?
      end

      def end_with(words)
        @published = true
        Pill.line.say(words)
        @attendant.wait
      end
    end
  end
end
