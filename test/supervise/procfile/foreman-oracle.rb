# frozen_string_literal: true

# What foreman makes of Procfiles, .env files and formations: JSON in, JSON out.
require "json"
require "tempfile"
require "foreman/engine"

def in_file(text)
  Tempfile.create("oracle") do |file|
    file.write(text)
    file.flush
    yield file.path
  end
end

asked = JSON.parse($stdin.read)

procfiles = asked["procfiles"].map do |text|
  in_file(text) { |path| Foreman::Procfile.new(path).enum_for(:entries).to_a }
rescue Foreman::Procfile::EmptyFileError
  []
end

envs = asked["envs"].map do |text|
  in_file(text) { |path| Foreman::Env.new(path).enum_for(:entries).to_a.to_h }
end

plans = asked["plans"].map do |plan|
  in_file(plan["procfile"]) do |path|
    engine = Foreman::Engine.new(formation: plan["formation"], port: plan["port"])
    engine.load_procfile(path)
    engine.processes.flat_map do |process|
      name = engine.send(:name_for_index, process, "").chomp(".")
      (1..engine.formation[name]).map { |n| ["#{name}.#{n}", engine.port_for(process, n)] }
    end
  end
end

puts JSON.generate(procfiles: procfiles, envs: envs, plans: plans)
