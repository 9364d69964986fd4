# frozen_string_literal: true

require "strscan"

module Gossamer
  module Pill
    # A regular expression of the pill's, as JavaScript writes it: the supervisor matches without Ruby.
    class Pattern
      # What JavaScript has no like of.
      class Untranslatable < StandardError; end

      ANCHORS = { "\\A" => "(?<![\\s\\S])", "\\z" => "(?![\\s\\S])", "\\Z" => "(?=\\n?(?![\\s\\S]))" }.freeze
      ESCAPES = { "\\h" => "[0-9a-fA-F]", "\\H" => "[^0-9a-fA-F]", "\\R" => "(?:\\r\\n|[\\n-\\r])", "\\e" => "\\x1b", "\\a" => "\\x07" }.freeze
      IN_CLASS = { "\\h" => "0-9a-fA-F", "\\e" => "\\x1b", "\\a" => "\\x07" }.freeze
      POSIX = { "alpha" => "\\p{L}", "digit" => "0-9", "alnum" => "\\p{L}\\p{N}", "upper" => "\\p{Lu}", "lower" => "\\p{Ll}", "space" => "\\s",
                "blank" => " \\t", "xdigit" => "0-9a-fA-F", "word" => "\\w", "punct" => "!-\\/:-@\\[-`{-~", "cntrl" => "\\x00-\\x1f\\x7f" }.freeze
      # In `u` mode JavaScript takes only what needs it.
      NEEDS_ESCAPE = %r{[\^$\\.*+?()\[\]{}|/]}.freeze

      # A String is looked for as it is.
      def initialize(pattern)
        @pattern = pattern.is_a?(Regexp) ? pattern : Regexp.new(Regexp.escape(pattern.to_s))
        @options = @pattern.options & (Regexp::IGNORECASE | Regexp::EXTENDED | Regexp::MULTILINE)
      end

      # Source and flags. In Ruby `^` and `$` are always those of lines.
      def to_h
        { source: body(StringScanner.new(@pattern.source)), flags: ignoring_case? ? "imu" : "mu" }
      end

      private

      def ignoring_case?
        @options & Regexp::IGNORECASE != 0
      end

      def body(scanner)
        result = +""
        result << piece(scanner) until scanner.eos?
        result
      end

      def piece(scanner)
        if scanner.scan(/\\k<\w+>|\\[pP]\{\^?\w+\}/) then property(scanner.matched)
        elsif scanner.scan(/\\u\{?\h+\}?|\\x\h{1,2}|\\./m) then escape(scanner.matched)
        elsif scanner.scan(/\[/) then bracket(scanner)
        elsif scanner.scan(/\(\?/) then group(scanner)
        elsif scanner.scan(/\./) then @options & Regexp::MULTILINE != 0 ? "[\\s\\S]" : "[^\\n]"
        elsif scanner.scan(/[*+?]\+/) then unlike("possessive #{scanner.matched}")
        elsif @options & Regexp::EXTENDED != 0 && scanner.scan(/\s+|#[^\n]*/) then ""
        elsif scanner.scan(/\{\d+,?\d*\}/) then scanner.matched
        elsif scanner.scan(/\{,(\d+)\}/) then "{0,#{scanner[1]}}"
        elsif scanner.scan(/[{}\/\]]/) then "\\#{scanner.matched}"
        else scanner.getch
        end
      end

      # `\p{Alpha}` is `\p{L}`; names of scripts and categories are the same in both.
      def property(text)
        return text if text.start_with?("\\k")

        name = text[/\{\^?(\w+)\}/, 1]
        negated = text.start_with?("\\P") ^ text.include?("^")
        known = { "alpha" => "L", "digit" => "Nd", "upper" => "Lu", "lower" => "Ll" }[name.downcase] || name
        "\\#{negated ? "P" : "p"}{#{known}}"
      end

      def escape(text, in_class: false)
        known = in_class ? IN_CLASS : ANCHORS.merge(ESCAPES)
        return known[text] if known.key?(text)
        return "\\x0#{text[2..-1]}" if text.match?(/\A\\x\h\z/)
        return text if text.match?(/\A\\(?:[dDwWsSbBnrtfv0-9]|u|x)/) || text[1].match?(NEEDS_ESCAPE) || (in_class && text == "\\-")
        return unlike(text) if text.match?(/\A\\[A-Za-z]/)

        text[1..-1]
      end

      # A class of characters, up to its `]`.
      def bracket(scanner)
        result = +"["
        result << scanner.matched if scanner.scan(/\^/)
        until scanner.scan(/\]/)
          unlike("[") if scanner.eos? || scanner.match?(/&&/)
          result << if scanner.scan(/\[:(\^?)(\w+):\]/) then posix(scanner[1], scanner[2])
                    elsif scanner.match?(/\[/) then unlike("a class in a class")
                    elsif scanner.scan(/\\u\{?\h+\}?|\\x\h{1,2}|\\./m) then escape(scanner.matched, in_class: true)
                    else scanner.getch
                    end
        end
        "#{result}]"
      end

      def posix(negation, name)
        negation.empty? && POSIX[name] || unlike("[:#{negation}#{name}:]")
      end

      # What begins with `(?`: groups, looks ahead and behind, options that are those of the whole.
      def group(scanner)
        return "(?#{scanner.matched}" if scanner.scan(/<[=!]|[:=!]|<\w+>/)
        return "" if scanner.scan(/#[^)]*\)/)
        return "(?:" if scanner.scan(/([mix]*)(?:-([mix]*))?:/) && options_of(scanner[1]) == @options

        unlike("(?#{scanner.rest[0, 3]}")
      end

      def options_of(letters)
        { "m" => Regexp::MULTILINE, "i" => Regexp::IGNORECASE, "x" => Regexp::EXTENDED }.sum { |letter, bit| letters.include?(letter) ? bit : 0 }
      end

      def unlike(what)
        raise Untranslatable, "JavaScript, which will match it, knows no #{what}"
      end
    end
  end
end
