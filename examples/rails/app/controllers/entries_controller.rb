# frozen_string_literal: true

class EntriesController < ApplicationController
  def index
    @entry = Entry.new
    @entries = Entry.newest
    respond_to do |format|
      format.html
      format.json { render json: @entries.as_json(only: %i[id name message]) }
    end
  end

  def create
    @entry = Entry.new(params.require(:entry).permit(:name, :message))
    return redirect_to root_path, notice: "Thank you, #{@entry.name}." if @entry.save

    @entries = Entry.newest
    render :index, status: :unprocessable_entity
  end
end
