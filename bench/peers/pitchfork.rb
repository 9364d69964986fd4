# Pitchfork as its own documentation runs it in production: reforking from a warm mold, silent.
worker_processes Integer(ENV.fetch("BENCH_WORKERS"))
listen "127.0.0.1:#{ENV.fetch("BENCH_PORT")}", backlog: 1024
refork_after [50, 100, 1000]
logger Logger.new(File::NULL)
