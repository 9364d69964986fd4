# Itsi with its documented production settings. The backlog is raised: its default (30 a thread)
# answers 503 as soon as 32 connections ask at once, and a refusal is not a request served.
workers Integer(ENV.fetch("BENCH_WORKERS"))
threads Integer(ENV.fetch("BENCH_THREADS"))
bind "http://127.0.0.1:#{ENV.fetch("BENCH_PORT")}"
preload true
ruby_thread_request_backlog_size 2048
log_level :error
rackup_file "config.ru"
