# Two kinds of work that meet in every real app: waiting (/sleep) and computing (/cpu).
SLEEP_SECONDS = 0.2
CPU_NANOSECONDS = 400_000

# Burns CPU time of this thread, not wall time, so that the work is the same however busy the machine is.
def burn(nanoseconds)
  finish = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID, :nanosecond) + nanoseconds
  nil while Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID, :nanosecond) < finish
end

run(lambda do |env|
  env["PATH_INFO"] == "/sleep" ? sleep(SLEEP_SECONDS) : burn(CPU_NANOSECONDS)
  [200, { "content-type" => "text/plain", "content-length" => "5" }, ["done\n"]]
end)
