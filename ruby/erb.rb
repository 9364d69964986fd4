# frozen_string_literal: true

# Renders what comes in on standard input: `ruby erb.rb FILE`. Answers with an empty line and the text, or with the
# number of the line that failed (0 when nobody knows) and, below it, what went wrong.
# Thin had these at hand when it rendered a file, so files use them without a word.
%w[erb etc socket uri yaml].each { |library| require library }

answer = $stdout.dup
# What a template prints is for whoever reads the terminal, not part of the answer.
$stdout.reopen($stderr)

# The line of `file` where `error` came from; a syntax error says it in its message.
def line_of(error, file)
  places = [error.message, *error.backtrace].join("\n")
  places[/^#{Regexp.escape(file)}:(\d+)/, 1].to_i
end

# One line: Ruby adds its guesses below the first, and to a syntax error the place in front.
def summary_of(error, file)
  return "it calls exit" if error.is_a?(SystemExit)

  first = error.message.to_s.lines.first.to_s.strip.delete_prefix("#{file}:#{line_of(error, file)}: ")
  "#{first} (#{error.class})"
end

file = ARGV.shift
template = ERB.new($stdin.read)
template.filename = file
begin
  answer.write("\n", template.result)
rescue Exception => error # `exit` and a syntax error count as well.
  answer.write("#{line_of(error, file)}\n", summary_of(error, file))
end
