# frozen_string_literal: true

# Reads a pill and says what is in it: `ruby main.rb /etc/bluepill/shop.pill`, with the line to the front as
# descriptor 3. What the pill prints is for whoever loads it.
require_relative "requires"
require_relative "conveniences"
require_relative "duration"
require_relative "session"

path = ARGV.fetch(0)
ARGV.clear
$stdout.sync = true
session = Gossamer::Pill::Session.new(path, Gossamer::Pill::Line.new(UNIXSocket.for_fd(3)))
# Registered before those of the pill, so it runs after them.
at_exit { session.finish($!) } # rubocop:disable Style/SpecialGlobalVars
session.run
