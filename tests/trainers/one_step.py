"""Load an export as a trainer does and take one optimiser step on it; prints what was seen as JSON.

Runs under the Python of .trainers, which knows PyTorch and TRL and nothing of Workings: what it sees of an export is
the folder. Usage: python one_step.py sft|prm|dpo|kto|reward FOLDER CONFIG SCRATCH
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import torch
from datasets import Dataset, load_dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen2ForSequenceClassification,
    Qwen2ForTokenClassification,
)

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.reasoning_content %}<think>\n{{ m.reasoning_content }}\n</think>\n\n{% endif %}"
    "{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""ChatML, with the reasoning where Qwen's templates have it."""
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def texts_of(value: Any) -> Iterator[str]:
    """Give every text in a row."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_of(inner)


def a_tokenizer(rows: Dataset) -> PreTrainedTokenizerFast:
    """Learn a small byte-level vocabulary from the rows themselves."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=SPECIALS, initial_alphabet=alphabet)
    tokenizer.train_from_iterator((text for row in rows for text in texts_of(row)), trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    fast.chat_template = TEMPLATE
    return fast


def a_model(kind: Any, tokenizer: PreTrainedTokenizerFast, **facts: Any) -> Any:
    """Make a random Qwen2 of two layers."""
    torch.manual_seed(7)
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2}
    ids = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, "bos_token_id": None}
    return kind(Qwen2Config(vocab_size=len(tokenizer), **sizes, **heads, **ids, **facts))


def a_trainer(kind: str, rows: Dataset, tokenizer: PreTrainedTokenizerFast, place: str) -> Any:
    """Make TRL's own trainer of a kind, for one step of two rows on the processor."""
    common = {"output_dir": place, "max_steps": 1, "per_device_train_batch_size": 2, "learning_rate": 0.01}
    common |= {"report_to": "none", "save_strategy": "no", "use_cpu": True, "bf16": False, "logging_steps": 1}
    common |= {"disable_tqdm": True, "lr_scheduler_type": "constant"}
    given = {"train_dataset": rows, "processing_class": tokenizer}
    if kind == "sft":
        from trl import SFTConfig, SFTTrainer  # noqa: PLC0415 - a trainer takes a second to import; one is wanted

        return SFTTrainer(a_model(Qwen2ForCausalLM, tokenizer), args=SFTConfig(**common), **given)
    if kind == "prm":
        from trl.experimental.prm import PRMConfig, PRMTrainer  # noqa: PLC0415 - same

        model = a_model(Qwen2ForTokenClassification, tokenizer, num_labels=2)
        return PRMTrainer(model, args=PRMConfig(**common), **given)
    if kind == "dpo":
        from trl import DPOConfig, DPOTrainer  # noqa: PLC0415 - same

        models = [
            a_model(Qwen2ForCausalLM, tokenizer) for _ in range(2)
        ]  # what is trained, and what it is held against
        return DPOTrainer(*models, args=DPOConfig(**common), **given)
    if kind == "kto":
        from trl import KTOConfig, KTOTrainer  # noqa: PLC0415 - same

        models = [a_model(Qwen2ForCausalLM, tokenizer) for _ in range(2)]  # likewise
        return KTOTrainer(*models, args=KTOConfig(**common), **given)
    from trl import RewardConfig, RewardTrainer  # noqa: PLC0415 - same

    model = a_model(Qwen2ForSequenceClassification, tokenizer, num_labels=1)
    return RewardTrainer(model, args=RewardConfig(**common), **given)


def main(kind: str, folder: str, config: str, scratch: str) -> None:
    """Load, train for one step, and say what was seen."""
    rows = load_dataset(folder, config, split="train", cache_dir=f"{scratch}/cache")
    tokenizer = a_tokenizer(rows)
    trainer = a_trainer(kind, rows, tokenizer, tempfile.mkdtemp(dir=scratch))
    before = [weights.detach().clone() for weights in trainer.model.parameters()]
    batch = next(iter(trainer.get_train_dataloader()))
    done = trainer.train()
    changed = sum(not torch.equal(*pair) for pair in zip(before, trainer.model.parameters(), strict=True))
    seen = {
        "rows": rows.num_rows,
        "kept": len(trainer.train_dataset),
        "steps": done.global_step,
        "loss": done.training_loss,
        "weights_changed": changed,
        "learnt": learnt(batch, tokenizer),
    }
    print(json.dumps(seen))  # noqa: T201 - the parent reads it


def learnt(batch: dict[str, Any], tokenizer: PreTrainedTokenizerFast) -> list[Any]:
    """Give what each row of the first batch is trained on: its text, or the labels of its steps."""
    if "labels" not in batch:
        return []
    kept = [[int(label) for label in row if label != -100] for row in batch["labels"]]
    is_text = batch["labels"].shape == batch["input_ids"].shape and any(label > 1 for row in kept for label in row)
    return [tokenizer.decode(row) for row in kept] if is_text else kept


if __name__ == "__main__":
    main(*sys.argv[1:])
