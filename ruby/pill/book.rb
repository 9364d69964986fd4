# frozen_string_literal: true

require_relative "refusal"
require_relative "customs"

module Gossamer
  module Pill
    # The book that this process keeps: what the pill has said so far.
    def self.book
      @book ||= Book.new
    end

    # All applications of a pill, what is doubtful in it, and what is to stay in Ruby.
    class Book
      attr_reader :customs

      def initialize
        @applications = []
        @customs = Customs.new
        @warnings = []
        @pid_files = {}
      end

      # Reads the block of an application; it is in the book once all of it is right.
      def application(name, options, &block)
        place = Place.here
        raise Refusal.new("Bluepill.application needs a name and a block.", place) if name.to_s.empty? || block.nil?
        raise Refusal.new("The application '#{name}' stands twice in this pill. Give one of them another name.", place) if named?(name)

        application = Application.new(name, options, place, self)
        application.read(block)
        @applications << application.description
      end

      # Something that is no mistake, but most likely not what was meant.
      def warn(message, place = Place.here)
        @warnings << { message: message, place: place&.to_h }
      end

      def applications?
        @applications.any?
      end

      # Refuses a pid file that another process of this pill has.
      def claim_pid_file(path, written, place)
        raise Refusal.new("You have two entries with the pid file: #{written}", place, exact: true) if @pid_files.key?(path)

        @pid_files[path] = place
      end

      def to_h
        { apps: @applications, warnings: @warnings.uniq }
      end

      private

      def named?(name)
        @applications.any? { |application| application[:name] == name.to_s }
      end
    end
  end
end
