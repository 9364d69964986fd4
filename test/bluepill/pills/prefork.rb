# frozen_string_literal: true

# A server as Unicorn is: forks workers, daemonizes itself, QUIT drains, TERM ends, USR2 makes a new master of it.
#
#     ruby prefork.rb PIDFILE LOG WORKERS [-D]
pid_file, log, workers, flag = ARGV
if flag == "-D"
  exit!(0) if fork
  Process.setsid
  exit!(0) if fork
  [$stdin, $stdout, $stderr].each { |io| io.reopen(File::NULL, "r+") }
end

LOG = File.open(log, "a").tap { |file| file.sync = true }

def note(text)
  LOG.syswrite("#{Process.pid} #{text}\n")
end

def work(master)
  %w[QUIT TERM].each do |signal|
    trap(signal) do
      note("worker #{signal}")
      exit!(0)
    end
  end
  trap("USR2", "IGNORE")
  # Unicorn's go, too, when their master has gone.
  sleep 0.1 while Process.ppid == master
end

master = Process.pid
File.write(pid_file, "#{master}\n")
order = nil
kids = Array.new(Integer(workers)) { fork { work(master) } }
%w[QUIT TERM INT USR2].each { |signal| trap(signal) { order = signal } }

def leave(pid_file)
  File.unlink(pid_file) if File.read(pid_file).to_i == Process.pid
rescue Errno::ENOENT
  nil
ensure
  exit!(0)
end

loop do
  case order
  when "TERM", "INT"
    kids.each { |kid| Process.kill("TERM", kid) }
    leave(pid_file)
  when "QUIT"
    note("master QUIT")
    kids.each { |kid| Process.kill("QUIT", kid) }
    sleep 0.5
    note("master drained")
    leave(pid_file)
  when "USR2"
    spawn(RbConfig.ruby, __FILE__, pid_file, log, workers, "-D")
    sleep 0.1 until File.read(pid_file).to_i != master
    order = "QUIT"
    next
  end
  gone = Process.wait(-1, Process::WNOHANG)
  kids << fork { work(master) } if kids.delete(gone)
  sleep 0.1
end
