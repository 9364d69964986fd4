# frozen_string_literal: true

# An app whose worker says when it leaves.
owner = Process.pid
at_exit { $stderr.puts "at_exit ran in #{Process.pid == owner ? "the one that loaded" : "a fork"}" }

run ->(_env) { [200, { "content-type" => "text/plain" }, ["v1"]] }
