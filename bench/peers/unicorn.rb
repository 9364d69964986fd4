# Unicorn as its own documentation runs it in production: preloaded, silent.
worker_processes Integer(ENV.fetch("BENCH_WORKERS"))
listen "127.0.0.1:#{ENV.fetch("BENCH_PORT")}", backlog: 1024
preload_app true
logger Logger.new(File::NULL)
