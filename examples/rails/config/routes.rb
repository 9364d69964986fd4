# frozen_string_literal: true

Rails.application.routes.draw do
  root "entries#index"

  resources :entries, only: %i[index create]
  resource :upload, only: :create
  resource :chat, only: :show, controller: "chat"
  get "events" => "events#index"
  get "boom" => "boom#show"
  get "up" => "rails/health#show", as: :rails_health_check
end
