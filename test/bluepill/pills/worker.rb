# frozen_string_literal: true

# A worker as Sidekiq is: TSTP takes no more jobs, TERM ends when the job at hand is done; jobs are done by a child.
#
#     ruby worker.rb LOG
LOG = File.open(ARGV.fetch(0), "a").tap { |file| file.sync = true }

def note(text)
  LOG.syswrite("#{text}\n")
end

def job
  fork do
    trap("TSTP", "IGNORE")
    trap("TERM", "IGNORE")
    sleep 0.5
  end
end

is_quiet = false
is_ending = false
trap("TSTP") { is_quiet = true }
trap("TERM") { is_ending = true }
note("ready")
until is_ending
  kid = is_quiet ? nil : job
  Process.wait(kid) if kid
  note("quiet") if is_quiet
  sleep 0.1
end
note("done")
