# frozen_string_literal: true

require_relative "attended"
require_relative "blocks"

module Gossamer
  module Pill
    # The block of `monitor_children`: what is said of every child of a process.
    class Children < Attended
      GRACES = %i[start_grace_time stop_grace_time restart_grace_time].freeze

      # Runs the block of `monitor_children` and describes what it says; the place is that of `monitor_children`.
      def self.read(process, (block, place), graces, variables, book)
        children = new(process, graces, variables, place, book)
        Blocks.run(Blocks::Attended.new(children), block)
        children.description
      end

      # `graces` are those of the process, which the children inherit; `variables` are what its commands may name.
      def initialize(process, graces, variables, place, book)
        super("#{process.name}'s children", book)
        @process = process
        @variables = variables
        @place = place
        graces.each { |name, (value, where)| @values[name], @places[name] = value, where }
      end

      # The group that they are in, with their process.
      def group_name
        @process.group_name
      end

      # Where relative paths begin.
      def folder
        @process.folder
      end

      def description
        unless given?(:stop_command) || given?(:stop_signals)
          raise Refusal.new("Invalid child process monitor for '#{@process.name}'\nYou must specify a stop command to monitor child processes.", @place, exact: true)
        end

        common.compact
      end

      def to_s
        "the children of '#{@process.name}'"
      end

      private

      attr_reader :variables

      def settable
        Attributes::COMMON
      end

      # A child is nothing that could be started, so all of this says nothing of it.
      def ineffective
        Attributes::HARMLESS + Attributes::PROCESS
      end

      # bluepill does not ask whether there is time for them.
      def check_signals(_signals); end
    end
  end
end
