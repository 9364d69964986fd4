# frozen_string_literal: true

require File.join(__dir__, "page")
require File.join(__dir__, "manual")

map "/plain" do
  run ->(_env) { [200, { "content-type" => "text/plain", "content-length" => "12" }, ["Hello World\n"]] }
end

map "/manual" do
  run Manual.new(File.expand_path("../..", __dir__))
end

run lambda { |env|
  next [404, { "content-type" => "text/plain" }, ["Nothing here. Try /\n"]] unless ["", "/"].include?(env["PATH_INFO"])

  html = Page.new(env, Manual.titles(File.expand_path("../..", __dir__))).to_html
  [200, { "content-type" => "text/html; charset=utf-8", "content-length" => html.bytesize.to_s }, [html]]
}
