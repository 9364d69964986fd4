# frozen_string_literal: true

require_relative "refusal"

module Gossamer
  module Pill
    # What `depends_on` of all processes of an application says together.
    class Dependencies
      def initialize(processes)
        @processes = processes
        @names = processes.map(&:name)
        @sound = []
      end

      # Refuses names that no process has, and rings: nothing in a ring could ever be started.
      def check
        @processes.each { |process| check_names(process) }
        @processes.each { |process| check_ring(process, process, [process.name]) }
      end

      private

      def check_names(process)
        odd = names(process).find { |name| !@names.include?(name) }
        refuse(process, "there is no process '#{odd}'.#{Spelling.hint(odd, @names)}") if odd
      end

      # One that has been walked once need not be walked again.
      def check_ring(first, process, way)
        return if @sound.include?(process)

        names(process).each do |name|
          refuse(first, "it waits for itself: #{[*way, name].join(" → ")}.") if way.include?(name)
          @processes.select { |one| one.name == name }.each { |one| check_ring(first, one, [*way, name]) }
        end
        @sound << process
      end

      def names(process)
        process.depends_on&.words || []
      end

      def refuse(process, why)
        raise Refusal.new("depends_on of #{process}: #{why}", process.depends_on.place)
      end
    end
  end
end
