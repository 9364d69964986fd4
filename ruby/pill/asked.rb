# frozen_string_literal: true

require_relative "failure"

module Gossamer
  module Pill
    # Questions to checks and triggers of the pill's own: each is answered in a thread of its own, so that a slow one
    # holds up no other.
    class Asked
      # What a trigger is told of: the states are Symbols and, without `_name`, Strings.
      Transition = Struct.new(:event, :from_name, :to_name) do
        def from
          from_name.to_s
        end

        def to
          to_name.to_s
        end

        # It stays what it is.
        def loopback?
          from_name == to_name
        end
      end

      def initialize(line, customs)
        @line = line
        @customs = customs
        @threads = {}
        @lock = Mutex.new
      end

      # Answers, in its own time.
      def answer(order)
        ask = order[:ask]
        @lock.synchronize do
          @threads[ask] = Thread.new do
            Thread.current.report_on_exception = false
            settle(ask, words_for(order))
          end
        end
      end

      # Nobody waits for this answer any more.
      def drop(ask)
        thread = @lock.synchronize { @threads.delete(ask) }
        thread&.kill
        @line.say(say: "dropped", ask: ask)
      end

      private

      def settle(ask, words)
        @line.say({ ask: ask, **words }) if @lock.synchronize { @threads.delete(ask) }
      end

      def words_for(order)
        custom = @customs.fetch(order[:id], order[:child] ? order[:pid] : nil)
        order[:order] == "check" ? checked(custom, order) : notified(custom, order)
      rescue Exception => error # rubocop:disable Lint/RescueException -- `exit` in a check is its failure, not our end.
        { say: "raised", message: Failure.new(error).to_s }
      end

      # A check may take the pid alone, as it did in old releases.
      def checked(custom, order)
        run = custom.condition.method(:run)
        count = run.arity.negative? ? 2 : run.arity
        value = run.call(*[order[:pid], custom.include_children].first(count))
        shown = custom.condition.respond_to?(:format_value) ? custom.condition.format_value(value) : value
        { say: "checked", ok: custom.condition.check(value) ? true : false, value: Failure.utf8(shown) }
      end

      def notified(trigger, order)
        trigger.process.actual_pid = order[:pid]
        trigger.process.state = order[:from]
        transition = Transition.new(order[:event].to_sym, order[:from].to_sym, order[:to].to_sym)
        halted = true
        catch(:halt) do
          trigger.notify(transition)
          halted = false
        end
        { say: "notified", halted: halted }
      end
    end
  end
end
