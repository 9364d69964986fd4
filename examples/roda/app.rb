# frozen_string_literal: true

require "roda"

# A small library as a routing tree: each branch reads one piece of the path.
class Library < Roda
  plugin :json
  plugin :json_parser, content_type_regexp: %r{\Aapplication/json\b}i
  plugin :streaming
  plugin :halt
  plugin :not_found do
    { "error" => "not found" }
  end

  BOOKS = {
    1 => { "id" => 1, "title" => "Walden", "author" => "Henry David Thoreau", "year" => 1854 },
    2 => { "id" => 2, "title" => "Middlemarch", "author" => "George Eliot", "year" => 1871 }
  }.freeze

  route do |r|
    r.root do
      response["content-type"] = "text/plain; charset=utf-8"
      "A library. Try /books, /books/1, /books/1/title, /stream.\n"
    end

    r.on "books" do
      r.is do
        r.get { BOOKS.values }

        r.post do
          r.halt(422, { "error" => "a book needs a title" }) unless r.params["title"].is_a?(String)
          response.status = 201
          { "title" => r.params["title"], "by" => r.get_header("HTTP_X_LIBRARIAN") }
        end
      end

      r.on Integer do |id|
        next unless (book = BOOKS[id])

        r.is { book }
        r.get("title") { book["title"] }
      end
    end

    # As long as asked (lines), each line written when it is ready.
    r.get "stream" do
      response["content-type"] = "text/plain; charset=utf-8"
      count = r.params.fetch("lines", 5).to_i.clamp(1, 10_000)
      stream do |out|
        count.times { |number| out << "line #{number + 1}\n" }
      end
    end
  end
end
