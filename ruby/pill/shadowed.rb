# frozen_string_literal: true

require_relative "attributes"

module Gossamer
  module Pill
    # `uid = "deploy"` in a block without a receiver sets a local variable, and not the attribute: Ruby cannot tell when it
    # runs, but it can be read.
    class Shadowed
      NAMES = (Attributes::APPLICATION + Attributes::COMMON + Attributes::PROCESS).map(&:to_s).freeze

      # The names and lines of those that nothing reads, in the pill at `path`.
      def self.in(path)
        # What Ruby has to say against the pill it has said when it loaded it.
        verbose, $VERBOSE = $VERBOSE, nil
        require "ripper"
        new(Ripper.sexp(File.read(path))).found
      rescue LoadError
        [] # A Ruby without it.
      ensure
        $VERBOSE = verbose
      end

      def initialize(tree)
        @written = []
        @read = []
        walk(tree, inside: false) if tree
      end

      def found
        @written.reject { |name, _| @read.include?(name) }
      end

      private

      # Collects what is assigned inside blocks, and what is read anywhere.
      def walk(node, inside:)
        return unless node.is_a?(Array)

        kind, (token, name, (line, _)) = node
        if token == :@ident && NAMES.include?(name)
          @read << name if kind == :var_ref
          @written << [name, line] if kind == :var_field && inside
        end
        node.each { |one| walk(one, inside: inside || %i[do_block brace_block].include?(kind)) }
      end
    end
  end
end
