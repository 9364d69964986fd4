# frozen_string_literal: true

# Reads {"switches": [...], "lines": [[word, ...], ...]} and answers with what Ruby's own optparse makes of each line.
require "json"
require "optparse"

input = JSON.parse($stdin.read)

answers = input["lines"].map do |line|
  seen = []
  parser = OptionParser.new
  input["switches"].each do |switch|
    argument = { "required" => " ARG", "placed" => " [ARG]" }.fetch(switch["argument"], "")
    long = switch["long"] && "--#{"[no-]" if switch["negatable"]}#{switch["long"]}#{argument}"
    short = switch["short"] && "-#{switch["short"]}#{argument unless long}"
    parser.on(*[short, long].compact) { |value| seen << [switch["key"], value] }
  end
  begin
    { "seen" => seen, "words" => parser.parse(line) }
  rescue OptionParser::ParseError => e
    { "seen" => seen, "reason" => e.reason, "args" => e.args.join(" ") }
  end
end

puts JSON.generate(answers)
