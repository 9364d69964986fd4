# Pitchfork as its own documentation runs it in production: reforking from a warm mold, silent.
# Reforking ends after the third generation: every 1,000 requests would be several times a second here.
worker_processes Integer(ENV.fetch("BENCH_WORKERS"))
listen "127.0.0.1:#{ENV.fetch("BENCH_PORT")}", backlog: 1024
refork_after [50, 100, 1000, false]
logger Logger.new(File::NULL)
