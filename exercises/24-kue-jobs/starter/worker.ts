import kue from "kue";
import { createClient } from "redis";

interface Message {
  phone: string;
  message: string;
}

// node worker.ts create '[{"phone":"15550100","message":"Hello"}]'
// node worker.ts work
const [command, json = "[]"] = process.argv.slice(2);
const url = process.env.REDIS_URL ?? "redis://localhost:6379";

if (command === "create") await createJobs(JSON.parse(json));
if (command === "work") await work();

async function createJobs(messages: Message[]): Promise<void> {
  // TODO: save one Kue job of the type "sms" for each message
  // TODO: let the program end once every job is saved
}

async function work(): Promise<void> {
  // TODO: process the jobs of the type "sms": add "<phone>: <message>" to the list outbox, then end the job
  // TODO: let the job of a bad phone number fail
}
