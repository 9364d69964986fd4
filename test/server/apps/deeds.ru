# frozen_string_literal: true

# What apps do to their server, one path each.
require "fiddle"

# Says that the app is there, and goes on once the file exists: a request that lasts as long as a test wants.
gate = lambda do |file|
  $stderr.puts "at the gate #{file}"
  sleep 0.005 until File.exist?(file)
  "through"
end

# A C call that keeps the GVL, so that no other thread of this Ruby runs meanwhile.
stuck_in_c = lambda do
  sleep_c = Fiddle::Function.new(Fiddle::Handle::DEFAULT["sleep"], [Fiddle::TYPE_INT], Fiddle::TYPE_INT, need_gvl: true)
  sleep_c.call(1000)
end

# An app's own child process.
child = lambda do
  pid = spawn("sleep", "1000")
  $stderr.puts "the child is #{pid}"
  Process.wait(pid)
end

# A method of its own, so that a backtrace can name it.
def hang_here(env)
  $stderr.puts "hanging at #{env["QUERY_STRING"]}"
  sleep 1000
end

# A child that shares our sockets, as it has not started another program.
fork_child = lambda do
  pid = fork { sleep 1000 }
  $stderr.puts "the fork is #{pid}"
  Process.wait(pid)
end

run(lambda do |env|
  query = env["QUERY_STRING"]
  answer =
    case env["PATH_INFO"]
    when "/" then "hello"
    when "/pid" then Process.pid.to_s
    when "/gate" then gate.call(query)
    when "/sleep" then hang_here(env)
    when "/spin" then $stderr.puts("spinning") || loop { query.hash }
    when "/stuck-in-c" then $stderr.puts("stuck in C") || stuck_in_c.call
    when "/child" then child.call
    when "/fork" then fork_child.call
    when "/segv" then Process.kill(:SEGV, Process.pid) && sleep
    when "/kill" then Process.kill(:KILL, Process.pid) && sleep
    when "/exit!" then exit!(3)
    when "/abort" then abort("the app aborts")
    when "/exit" then exit(4)
    when "/raise" then raise "the app raises"
    when "/thread-exit" then Thread.exit
    when "/grow" then ($grown ||= []) << ("x" * query.to_i) && "grown"
    when "/say" then $stderr.puts("said #{query}") || $stdout.puts("told #{query}") || "said"
    when "/facts" then [env["rack.multithread"], env["rack.multiprocess"], defined?(RubyVM::YJIT) ? RubyVM::YJIT.enabled? : false].join(" ")
    when "/gc" then GC.count.to_s
      else "nothing"
    end
  [200, { "content-type" => "text/plain", "x-pid" => Process.pid.to_s }, [answer.to_s]]
end)
