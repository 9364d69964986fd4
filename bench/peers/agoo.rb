# Agoo's command passes no thread count on when it runs a config.ru, so it is started as its Rack
# handler starts it, with the counts given. Its handler's own choice for one thread is 0: the main one.
require "rack"
require "agoo"

threads = Integer(ENV.fetch("BENCH_THREADS"))
states = %i[INFO DEBUG connect request response eval push].to_h { |state| [state, false] }
app, = Rack::Builder.parse_file("config.ru")

Agoo::Log.configure(console: false, classic: true, colorize: false, states: states)
Agoo::Server.init(0, "public", bind: ["http://127.0.0.1:#{ENV.fetch("BENCH_PORT")}"],
                               thread_count: threads == 1 ? 0 : threads,
                               worker_count: Integer(ENV.fetch("BENCH_WORKERS")))
Agoo::Server.handle(nil, "**", app)
Agoo::Server.start
sleep # with threads of its own, start returns
