# frozen_string_literal: true

require "shellwords"
require "strscan"
require_relative "value"

module Gossamer
  module Pill
    # A command as the pill writes it, made into a program and its words.
    class Command
      # What Ruby itself leaves to a shell when a command is one word.
      SHELL_CHARACTERS = /[*?{}\[\]<>()~&|\\$;'`"\n#=%]/.freeze
      ASSIGNMENT = /\A[A-Za-z_]\w*=/.freeze
      OPERATORS = /\A(?:&&|\|\|?|&|\d?(?:>>?|<)\S*|\S*;)\z/.freeze

      # Nothing that could be executed.
      BUILTINS = %w[! . { } : alias break case cd command continue do done elif else esac eval exec exit export fi for if local
                    read readonly return set shift source then times trap ulimit umask unalias unset until wait while].freeze

      # `environment` are the variables that may stand in it: those that the pill itself gives the process.
      def initialize(value, what, place, environment)
        @value = value
        @what = what
        @place = place
        @environment = environment
      end

      # The program and its words. `warn` is told what will not mean what it looks like.
      def words(&warn)
        return list if @value.is_a?(Array)

        text = Value.new(@what, @value, @place).word
        return shell(moved(text)) if text.match?(/\A\s*cd\s.*?(?:&&|;)/m)

        words = split(expanded(text))
        return shell(words.first) if words.size == 1 && words.first.match?(SHELL_CHARACTERS)

        doubt(words, &warn)
        words.first.match?(ASSIGNMENT) ? ["/usr/bin/env", *words] : words
      end

      private

      # Words that the pill has split itself.
      def list
        Value.new(@what, @value, @place).refuse("expected a command") if @value.empty?
        @value.map { |word| Value.new(@what, word, @place).text }
      end

      def shell(line)
        ["/bin/sh", "-c", line]
      end

      def split(line)
        words = Shellwords.split(line)
        words.empty? ? Value.new(@what, @value, @place).refuse("expected a command") : words
      rescue ArgumentError
        Value.new(@what, @value, @place).refuse("a quote is not closed")
      end

      # `cd /x && server`: the last command takes the place of the shell, so that the pid is its own and signals reach it.
      def moved(line)
        before, last = line.match(/\A(.*(?:&&|;)\s*)([^;&|()`\n]*(?:>&\d?[^;&|()`\n]*)*)\z/m)&.captures
        return line if last.nil? || last.strip.empty? || ["'", '"'].any? { |quote| before.count(quote).odd? }

        program = last[/\A(?:[A-Za-z_]\w*=(?:"[^"]*"|'[^']*'|[^\s"'])*\s+)*(\S+)/, 1]
        return line if program.nil? || program.match?(ASSIGNMENT) || BUILTINS.include?(program)

        "#{before}exec #{last.match?(ASSIGNMENT) ? "env " : ""}#{last}"
      end

      # `$NAME` of the process's own environment, as a shell would: not in single quotes, not after a backslash. Every
      # other `$` stays what it is, as no shell reads the command.
      def expanded(text)
        scanner = StringScanner.new(text)
        result = +""
        quoted = false
        until scanner.eos?
          if !quoted && scanner.scan(/'[^']*'?/) then result << scanner.matched
          elsif scanner.scan(/\\./m) then result << scanner.matched
          elsif scanner.scan(/\$(?:\{(\w+)\}|([A-Za-z_]\w*))/) then result << variable(scanner, quoted)
          else
            letter = scanner.getch
            quoted = !quoted if letter == '"'
            result << letter
          end
        end
        result
      end

      def variable(scanner, quoted)
        value = @environment[scanner[1] || scanner[2]]
        return scanner.matched if value.nil?

        quoted ? value.gsub(/[\\"$`]/) { |letter| "\\#{letter}" } : value.split.map(&:shellescape).join(" ")
      end

      # What only a shell would understand.
      def doubt(words)
        odd = words.find { |word| word.match?(OPERATORS) }
        return unless odd && block_given?

        yield "#{@what}: no shell reads this command, so `#{odd}` is handed on as it is. Where a shell is meant, write /bin/sh -c '…'.", @place
      end
    end
  end
end
