# frozen_string_literal: true

module Gossamer
  module Pill
    # Checks and triggers that the pill defines: they stay here, and the supervisor asks for them by number.
    class Customs
      # How one is made, the one of the process itself, and those of its children by their pids.
      Custom = Struct.new(:maker, :own, :of_children)

      def initialize
        @customs = []
        @lock = Mutex.new
      end

      # Keeps what the block makes; it is called with the number and, for a child's, with the child's pid. What goes
      # wrong in it shows now.
      def add(&maker)
        number = @customs.length
        @customs << Custom.new(maker, nil, {})
        @customs.last.own = maker.call(number, nil)
        number
      end

      # The custom of this number; for `child`, a pid, one of its own.
      def fetch(number, child = nil)
        custom = @customs.fetch(number)
        return custom.own if child.nil?

        @lock.synchronize do
          custom.of_children.select! { |pid, _| Bluepill::System.pid_alive?(pid) } unless custom.of_children.key?(child)
          custom.of_children[child] ||= custom.maker.call(number, child)
        end
      end
    end
  end
end
